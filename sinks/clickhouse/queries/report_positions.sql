-- The records that this report rests on: the head of each ledger partition at {as_of}, and what came in since {since}.
WITH
-- include: heads_known
,
heads_before AS
(
    SELECT stage AS ledger, partition AS part, argMax((records, rejected, fenced), offset) AS head
    FROM ledger_heads
    WHERE valid_from <= {since:DateTime64(6, 'UTC')} AND valid_until > {since:DateTime64(6, 'UTC')}
    GROUP BY stage, partition
)
SELECT
    h.ledger AS stage, h.part AS partition,
    h.head.3 - b.head.1 AS records_since,
    h.head.4 - b.head.2 AS refused_since,
    h.head.5 - b.head.3 AS fenced_since,
    h.head.2 AS head_seq,
    r.hash AS head_hash,
    h.head.6 AS known_until
FROM heads_known AS h
LEFT JOIN heads_before AS b ON b.ledger = h.ledger AND b.part = h.part
LEFT ANY JOIN
(
    SELECT stage, partition, hash FROM ledger_records
    WHERE (stage, partition, offset) IN (SELECT ledger, part, head.1 FROM heads_known)
) AS r ON r.stage = h.ledger AND r.partition = h.part
ORDER BY stage, partition
