WITH
-- include: decided
SELECT
    partition, requester_id, offset, idx, at, known_at, type = 'requester_recorded' AS here, area, grid, tier,
    arraySort(JSONExtract(body, 'groups', 'Array(String)')) AS groups,
    toUInt32(arraySum(arrayMap(band -> band.2, JSONExtractKeysAndValues(body, 'members', 'UInt64')))) AS members,
    JSONExtractBool(body, 'institution') AS institution, JSONExtractBool(body, 'registered') AS registered
FROM decided
