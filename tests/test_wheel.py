import pytest
import wheel_smoke


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return wheel_smoke.built(tmp_path_factory.mktemp("wheel"))


@pytest.mark.torture
def test_the_wheel_holds_the_package_its_types_and_its_licence_and_nothing_else(wheel):
    wheel_smoke.check_contents(wheel)


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_the_wheel_uploads_a_table_where_nothing_of_the_development_is_installed(wheel, tmp_path):
    wheel_smoke.check_in_a_fresh_environment(wheel, tmp_path)
