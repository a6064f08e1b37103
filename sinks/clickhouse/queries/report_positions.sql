-- The records that this report rests on: the head of each ledger partition at {as_of}, and what came in since {since}.
WITH
heads AS
(
    SELECT stage AS ledger, partition AS part,
        argMaxIf((offset, seq, records, rejected, fenced, valid_from), offset, valid_until > {as_of:DateTime64(6, 'UTC')}
            AND valid_from <= {as_of:DateTime64(6, 'UTC')}) AS head,
        argMaxIf((records, rejected, fenced), offset, valid_from <= {since:DateTime64(6, 'UTC')}) AS before
    FROM ledger_heads
    WHERE (valid_until > {as_of:DateTime64(6, 'UTC')} AND valid_from <= {as_of:DateTime64(6, 'UTC')})
        OR (valid_until > {since:DateTime64(6, 'UTC')} AND valid_from <= {since:DateTime64(6, 'UTC')})
    GROUP BY stage, partition
)
SELECT
    h.ledger AS stage, h.part AS partition,
    h.head.3 - h.before.1 AS records_since,
    h.head.4 - h.before.2 AS refused_since,
    h.head.5 - h.before.3 AS fenced_since,
    h.head.2 AS head_seq,
    r.hash AS head_hash,
    h.head.6 AS known_until
FROM heads AS h
LEFT ANY JOIN
(
    SELECT stage, partition, hash FROM ledger_records
    WHERE (stage, partition, offset) IN (SELECT ledger, part, head.1 FROM heads)
) AS r ON r.stage = h.ledger AND r.partition = h.part
ORDER BY stage, partition
