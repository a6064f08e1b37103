-- The chain of each ledger partition at {as_of}: records by kind and the newest accepted one, its head.
WITH
-- include: heads_known
SELECT
    h.ledger AS stage, h.part AS partition, h.head.3 + h.head.5 AS all_records, h.head.4 AS rejected, h.head.5 AS fenced,
    h.head.7 AS newest_at, h.head.1 AS offset, h.head.2 AS seq, r.hash AS hash
FROM heads_known AS h
LEFT ANY JOIN
(
    SELECT stage, partition, hash FROM ledger_records
    WHERE (stage, partition, offset) IN (SELECT ledger, part, head.1 FROM heads_known)
) AS r ON r.stage = h.ledger AND r.partition = h.part
ORDER BY stage, partition
