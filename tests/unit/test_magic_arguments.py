import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.arguments import (
    UploadOptions,
    is_file,
    parse,
    split_body,
)
from omero_tables_jupyter.jupyter.magic.expansion import expand, has_placeholder
from omero_tables_jupyter.jupyter.magic.options import OPTIONS
from omero_tables_jupyter.jupyter.magic.splitting import split_line


def texts(line):
    return [word.text for word in split_line(line).words]


def options(line, cell="", **namespace):
    return parse(line, cell).resolve(namespace)


class Plate:
    name = "P7"
    _secret = "hidden"

    @property
    def well(self):
        return "B3"


# splitting


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  cells   --to Image:1 ", ["cells", "--to", "Image:1"]),
        (r'"J:\out\my cells.csv"', [r"J:\out\my cells.csv"]),
        (r"-l J:\data\new", ["-l", r"J:\data\new"]),
        ('--local-path "J:\\out\\" cells', ["--local-path", "J:\\out\\", "cells"]),
        (r"\\server\share\x", [r"\\server\share\x"]),
        ("--name='a \"b\" c'", ['--name=a "b" c']),
        ('--name ""', ["--name", ""]),
        ("cells # and a note", ["cells"]),
        ("cells --to https://h/?show=image-1#x", ["cells", "--to", "https://h/?show=image-1#x"]),
        ('"a # b"', ["a # b"]),
        ("a\u00a0b", ["a", "b"]),
    ],
)
def test_a_line_is_split_at_blanks_outside_quotes(line, words):
    assert texts(line) == words


def test_a_quote_that_stays_open_is_an_error_that_says_so():
    with pytest.raises(OptionError, match="not closed") as caught:
        split_line("--name Ana's cells")
    assert '"..."' in caught.value.hint


@given(st.lists(st.text(st.characters(exclude_characters='"', exclude_categories=["Cc"]))))
def test_words_in_quotes_come_back_as_they_were(words):
    assert texts(" ".join(f'"{word}"' for word in words)) == words


@given(
    st.text(st.characters(exclude_characters="\"'#", exclude_categories=["Zs", "Cc"]), min_size=1)
)
def test_a_word_without_blanks_needs_no_quotes_whatever_its_backslashes(word):
    assert texts(word) == "".join(word).split()


@given(st.text())
def test_splitting_any_line_loses_nothing_but_blanks_and_comments_or_says_why(line):
    try:
        split = split_line(line)
    except OptionError:
        return
    if not split.commented:
        raw = "".join("".join(word.raw.split()) for word in split.words)
        assert raw == "".join(line.split())


# the table of options


def test_nothing_typed_gives_the_defaults():
    assert options("") == UploadOptions()


def test_every_option_of_the_line_lands_in_its_field():
    line = (
        r'cells -t Image:1 --link dataset-51 -n "Cells 7" -l J:\data -r /data '
        r'--map "J:\data=>/data" --map /a=>/b '
        "--save-profile lab -p old --columns area,label --columns=x --exclude y "
        '--rename a=b --rename "c d=e f" --as-text w,v --index keep --if-exists version '
        "--chunk-rows 50_000 --encoding latin-1 --delimiter ; --decimal , --verify rows --no-probe "
        "-d -b --out done --progress text --quiet"
    )
    assert options(line) == UploadOptions(
        source="cells",
        to=("Image:1", "dataset-51"),
        name="Cells 7",
        local_path=r"J:\data",
        remote_path="/data",
        mapping=((r"J:\data", "/data"), ("/a", "/b")),
        save_profile="lab",
        profile="old",
        columns=("area", "label", "x"),
        exclude=("y",),
        rename=(("a", "b"), ("c d", "e f")),
        as_text=("w", "v"),
        index="keep",
        if_exists="version",
        chunk_rows=50_000,
        encoding="latin-1",
        delimiter=";",
        decimal=",",
        verify="rows",
        probe=False,
        dry_run=True,
        background=True,
        out="done",
        progress="text",
        quiet=True,
    )


def test_the_reference_clients_way_to_name_a_target_is_understood():
    got = options("--parent-type plate --parent-id 7")
    assert (got.parent_type, got.parent_id) == ("Plate", 7)


def test_every_option_has_a_field_and_every_field_but_the_source_an_option():
    fields = set(UploadOptions.__dataclass_fields__) - {"source"}
    assert {option.field for option in OPTIONS} == fields


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("cells", "cells"),
        ('results["nuclei"]', 'results["nuclei"]'),
        ("results['my nuclei'] -d", "results['my nuclei']"),
        (r'"J:\out\my cells.csv"', r"J:\out\my cells.csv"),
        (r'J:\"my out"\cells.csv.gz', r"J:\my out\cells.csv.gz"),
        ("--to Image:1 cells", "cells"),
        ('"{folder}/cells.tsv"', "/data/cells.tsv"),
    ],
)
def test_the_source_keeps_the_quotes_that_belong_to_it(line, source):
    assert options(line, folder="/data").source == source


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.csv.gz", "a.tsv", "a.txt", "a.parquet"])
def test_a_word_with_the_ending_of_a_table_is_a_file(name):
    assert is_file(name)


@pytest.mark.parametrize("name", ["cells", "cells.area", 'results["a.csv"]', "a.xlsx"])
def test_other_words_are_no_files(name):
    assert not is_file(name)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("--too Image:1", "no option --too", "did you mean '--to'"),
        ("\u2014name x", "no option \u2014name", "did you mean '--name'"),
        ("-x", "no option -x", "--help"),
        ("--name", "--name has no value", "--name NAME"),
        ("--name --to Image:1", "--name has no value", '--name "--to"'),
        ("--name #5", "--name has no value", "begins a comment"),
        ("--name a --name b", "--name is given twice: 'a' and 'b'", "keep one"),
        ("-n a --name b", "--name is given twice", "keep one"),
        ("--dry-run -d", "--dry-run is given twice", "keep one"),
        ("--index kept", "--index: 'kept' is none of auto, keep, drop", "did you mean 'keep'"),
        ("--chunk-rows many", "--chunk-rows: 'many' is not a whole number", "digits"),
        ("--chunk-rows 0", "'0' is not a whole number above 0", "digits"),
        ("--parent-id x --parent-type Image", "--parent-id: 'x'", "digits"),
        ("--parent-type Image", "without --parent-id", "--to Image:101"),
        ("--parent-type Imag --parent-id 1", "'Imag' is none of", "did you mean 'Image'"),
        ("--map J:=/data", "is not a mapping", "LOCAL=>SERVER"),
        ("--map =>/data", "is not a mapping", "LOCAL=>SERVER"),
        ("--rename a", "holds no '='", "old=new"),
        ("--rename a=b,c=d", "more than one '='", "repeat"),
        ("--columns ,", "names no column", "commas"),
        ("--delimiter ab", "not one character", "tab"),
        ("--out my-var", "cannot be the name of a variable", "done"),
        ("--dry-run=perhaps", "neither true nor false", "leave the value away"),
        ("--to=", "--to: the value is empty", "write a value"),
        ("cells nuclei", "unexpected word 'nuclei'", "%%omero_upload"),
        ("cells --name Cells plate", "unexpected word 'plate'", '--name "... plate"'),
        ("cells --name \u201cCells plate\u201d", "unexpected word", "straight quotes"),
        ("cells to=Image:1", "unexpected word 'to=Image:1'", "--to=Image:1"),
        ("cells -l J:\\out x = 1", "unexpected word 'x'", "ends in \\ at the end of a line"),
        ("cells to Dataset:51", "unexpected word 'to'", "two dashes: --to"),
        ("cells --name a dry_run", "unexpected word 'dry_run'", "two dashes: --dry_run"),
        ("cells --to Image:1 Image:2", "unexpected word 'Image:2'", "each of them: --to Image:2"),
        ("cells --to Dataset 51", "unexpected word '51'", "one word: --to Dataset:51"),
        (r"J:\my out\a.csv", r"unexpected word 'out\a.csv'", r'in quotes: "J:\my out\a.csv"'),
    ],
)
def test_a_mistake_on_the_line_names_the_word_and_the_cure(line, message, hint):
    with pytest.raises(OptionError) as caught:
        parse(line)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("line", ["--help", "-h", "?", "cells --nonsense --help"])
def test_help_is_given_whatever_else_is_wrong(line):
    assert parse(line).help


def test_a_value_may_follow_an_equals_sign_or_a_blank():
    assert options("--name=-x=y").name == "-x=y"
    assert options('--name "-x"').name == "-x"


def test_underscores_in_an_option_are_dashes():
    assert options("--local_path /a").local_path == "/a"


def test_flags_can_be_switched_off_again():
    assert options("--dry-run=false", "#| dry-run\n").dry_run is False
    assert options("--no-probe=no").probe is True


def test_tab_may_be_written_as_a_word():
    assert options("--delimiter tab").delimiter == "\t"
    assert options("", "#| delimiter: \\t").delimiter == "\t"


def test_a_rename_with_an_equals_sign_in_the_name_takes_an_arrow():
    assert options('--rename "a=b=>c"').rename == (("a=b", "c"),)


def test_a_column_with_a_comma_is_given_in_double_quotes():
    assert options("--columns '\"a,b\",c'").columns == ("a,b", "c")


# the cell's lines


BODY = """#| to: https://omero.site/webclient/?show=dataset-51
#| name: "Cells" # plate 7
#| local-path: J:\\data\\new\\
#| dry-run

#| quiet: true
cells.query("area > 20")
#| name: a comment of Python's
"""


def test_leading_option_lines_are_literal_and_the_rest_is_code():
    got = options("", BODY)
    assert got.to == ("https://omero.site/webclient/?show=dataset-51",)
    assert got.name == '"Cells" # plate 7'
    assert got.local_path == "J:\\data\\new\\"
    assert got.dry_run
    assert got.quiet


def test_comments_may_stand_among_the_options():
    body = "# plate 7\n#| to: Image:1\n  # its name\n#| name: Cells\n# the table:\n\ncells\n"
    got = options("", body)
    assert (got.to, got.name) == (("Image:1",), "Cells")
    assert split_body(body)[1] == "\n" * 6 + "cells\n"


def test_the_code_keeps_its_line_numbers():
    _, code = split_body(BODY)
    assert code.count("\n") == BODY.count("\n")
    assert code.splitlines()[6] == 'cells.query("area > 20")'


def test_a_cell_of_options_only_has_no_code():
    assert split_body("#| to: Image:1\n\n")[1] == ""


def test_the_lines_options_win_and_its_targets_replace_the_bodys():
    body = "#| to: Image:1\n#| to: Image:2\n#| name: body\n#| index: keep\n"
    got = options("--to Image:3 --name line", body)
    assert (got.to, got.name, got.index) == (("Image:3",), "line", "keep")
    assert options("", body).to == ("Image:1", "Image:2")


def test_a_target_on_the_line_replaces_the_bodys_parent():
    assert options("--to Image:3", "#| parent-id: 1\n#| parent-type: Plate").parent_id is None
    got = options("--parent-id 4", "#| to: Image:1\n#| parent-type: Plate")
    assert (got.to, got.parent_type, got.parent_id) == ((), "Plate", 4)


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("#| nam: x", "no option '#| nam'", "did you mean 'name'"),
        ("#| name: a\n#| name: b", "#| name is given twice", "keep one"),
        ("#| name:", "has no value", "#| name: NAME"),
        ("#| to Image:1", "lacks a colon", "#| to: Image:1"),
        ("#| ", "is no option", "#| to: Dataset:51"),
        ("#| source: cells", "no option '#| source'", "%%omero_upload cells"),
        ("#| verify: all", "--verify: 'all'", "'values'"),
    ],
)
def test_a_mistake_on_an_option_line_names_the_line_and_the_cure(body, message, hint):
    with pytest.raises(OptionError) as caught:
        parse("", body)
    assert message in caught.value.message
    assert hint in caught.value.hint


# expansion


def test_names_attributes_and_formats_are_filled_in():
    space = {"plate": Plate(), "n": 7, "share": 0.256, "größe": "L"}
    assert expand("{plate.name}/{plate.well} {n:03d} {share:.1%} $n.csv {größe}", space) == (
        "P7/B3 007 25.6% 7.csv L"
    )


def test_values_are_filled_in_after_splitting_so_that_blanks_and_quotes_are_safe():
    assert options("cells --name {title} -t $where", title='a "b" --dry-run', where="Image:1") == (
        UploadOptions(source="cells", name='a "b" --dry-run', to=("Image:1",))
    )


def test_a_number_from_a_variable_is_read_like_a_typed_one():
    assert options("--chunk-rows {n}", n=10).chunk_rows == 10
    with pytest.raises(OptionError, match="--chunk-rows: 'ten'"):
        options("--chunk-rows {n}", n="ten")


def test_doubled_signs_stand_for_themselves():
    assert expand("{{a}} $$b c$ 5 $ \\\\host\\c$\\x", {}) == "{a} $b c$ 5 $ \\\\host\\c$\\x"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{plat}", "no variable 'plat'", "did you mean 'plate'"),
        ("{guid-1}", "not the name of a variable", "{{"),
        ("$plat", "no variable 'plat'", "$$plat"),
        ("{plate.nam}", "Plate has no 'nam'", "did you mean 'name'"),
        ("{plate._secret}", "'_secret' is private", "variable of your own"),
        ("{plate.__class__}", "'__class__' is private", "variable of your own"),
        ("{plate.name()}", "not the name of a variable", "give the value a name"),
        ("{n + 1}", "not the name of a variable", "give the value a name"),
        ("{rows[0]}", "not the name of a variable", "give the value a name"),
        ("{}", "not the name of a variable", "{{"),
        ("a } b", "stands alone", "}}"),
        ("{n!r}", "stands alone", "{name}"),
        ("${n}", "stands alone", "{name}"),
        ("{n:%Y}", "does not fit a int", "{x:.2f}"),
        ("{lines}", "several lines", "one line"),
        ("{print}", "no variable 'print'", "{{print}}"),
    ],
)
def test_what_cannot_be_filled_in_is_an_error_with_a_cure(text, message, hint):
    space = {"plate": Plate(), "n": 7, "rows": [1], "lines": "a\nb"}
    with pytest.raises(OptionError) as caught:
        expand(text, space)
    assert message in caught.value.message
    assert hint in caught.value.hint


@given(st.text())
def test_text_without_signs_passes_and_escaped_text_comes_back(text):
    if not has_placeholder(text):
        assert expand(text, {}) == text
    escaped = text.replace("{", "{{").replace("}", "}}").replace("$", "$$")
    assert expand(escaped, {}) == text


def test_variables_are_read_only_when_resolved():
    parsed = parse("--name {later}")
    assert parsed.resolve({"later": "x"}).name == "x"
    with pytest.raises(OptionError, match="no variable 'later'"):
        parsed.resolve({})
