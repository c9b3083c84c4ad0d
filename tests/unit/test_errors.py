from tflitekit import errors
from tflitekit.errors import EXIT_CODES, ToolkitError


def kinds():
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ToolkitError) and kind is not ToolkitError
    ]


def test_every_kind_has_a_documented_exit_code_and_a_title_of_its_own():
    assert {kind.exit_code for kind in kinds()} <= EXIT_CODES.keys() - {0, 1}
    assert len({kind.title for kind in kinds()}) == len(kinds())


def test_every_exit_code_means_one_thing():
    assert sorted(EXIT_CODES) == list(range(9))
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)


def test_an_error_reads_as_a_sentence():
    error = errors.DataError("holds NaN", where="x.npz", hint="Drop the sample")
    assert str(error) == "x.npz: holds NaN. Drop the sample"
    assert error.as_dict()["exit_code"] == 3
