SELECT
    partition, requester_id, offset, idx, at, type = 'requester_recorded' AS here, area, grid, tier,
    arraySort(JSONExtract(body, 'groups', 'Array(String)')) AS groups,
    toUInt32(arraySum(arrayMap(band -> band.2, JSONExtractKeysAndValues(body, 'members', 'UInt64')))) AS members,
    JSONExtractBool(body, 'institution') AS institution, JSONExtractBool(body, 'registered') AS registered
FROM decisions FINAL
WHERE stage = 'supply' AND partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
    AND type IN ('requester_recorded', 'requester_left')
