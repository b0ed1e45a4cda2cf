"""The gate tries a share of the patches of faults, and all the others."""

from tests.planted.run import HERE, OF_FAULTS, _shared

PATCHES = sorted(HERE.glob("*.patch"))


def test_three_shares_are_all_patches_and_each_holds_all_that_are_not_of_faults() -> None:
    shares = [_shared(PATCHES, ["--seen-green", f"--share={number}/3"]) for number in range(3)]
    assert sorted({path for share in shares for path in share}) == PATCHES
    assert all([path for path in share if not OF_FAULTS.match(path.name)] == _others() for share in shares)
    assert sum(len(share) - len(_others()) for share in shares) == len(PATCHES) - len(_others())


def test_without_a_share_every_patch_is_tried() -> None:
    assert _shared(PATCHES, ["--seen-green"]) == PATCHES


def _others() -> list[object]:
    return [path for path in PATCHES if not OF_FAULTS.match(path.name)]
