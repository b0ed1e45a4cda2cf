"""The gate tries a share of the patches: of those of faults one in many, of the others every third."""

from tests.planted.run import HERE, OF_FAULTS, _shared

PATCHES = sorted(HERE.glob("*.patch"))


def test_the_shares_of_all_commits_are_all_patches_and_each_holds_a_third_of_those_that_are_not_of_faults() -> None:
    shares = [_shared(PATCHES, ["--seen-green", f"--share={number}/8"]) for number in range(8)]
    assert sorted({path for share in shares for path in share}) == PATCHES
    others = [path for path in PATCHES if not OF_FAULTS.match(path.name)]
    assert all(len(others) // 3 <= len({*share} & {*others}) <= len(others) // 3 + 1 for share in shares)
    assert sum(len({*share} - {*others}) for share in shares) == len(PATCHES) - len(others)


def test_without_a_share_every_patch_is_tried() -> None:
    assert _shared(PATCHES, ["--seen-green"]) == PATCHES
