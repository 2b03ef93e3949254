"""Ids of requests."""

from uuid import UUID

from gateway.uplink.request_ids import new_request_id


def test_r03_each_request_id_is_a_random_uuid_of_its_own() -> None:
    ids = [new_request_id() for _ in range(1_000)]

    assert len(set(ids)) == 1_000
    assert all(str(UUID(each)) == each and UUID(each).version == 4 for each in ids)
