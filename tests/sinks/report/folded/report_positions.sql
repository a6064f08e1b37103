-- The records that this report rests on: the head of each ledger partition at {as_of}, and what came in since {since}.
WITH
-- include: positions_known
SELECT
    stage, partition,
    countIf(accepted AND offset >= p.known_before) AS records_since,
    countIf(accepted AND kind = 'rejected' AND offset >= p.known_before) AS refused_since,
    countIf(NOT accepted AND offset >= p.known_before) AS fenced_since,
    argMaxIf(seq, offset, accepted) AS head_seq,
    argMaxIf(hash, offset, accepted) AS head_hash,
    maxIf(recorded_at, accepted) AS known_until
FROM ledger_records AS r FINAL
INNER JOIN positions_known AS p ON p.ledger = r.stage AND p.part = r.partition
WHERE offset < p.known
GROUP BY stage, partition
ORDER BY stage, partition
