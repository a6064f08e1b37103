-- The newest accepted record of a partition not after an offset: the head of its chain.
SELECT seq, hash, worker, code, recorded_at, offset
FROM ledger_records FINAL
WHERE stage = {stage:String} AND partition = {partition:UInt32} AND offset <= {offset:UInt64}
    AND offset + 1000 > {offset:UInt64} AND accepted
ORDER BY offset DESC
LIMIT 1
