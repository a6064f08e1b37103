-- The records that this report rests on: the head of each ledger partition at {as_of}, and what came in since {since}.
WITH
(
    SELECT groupArray((ledger, part, head, before))
    FROM
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
) AS heads
SELECT
    h.1 AS stage, h.2 AS partition,
    h.3.3 - h.4.1 AS records_since,
    h.3.4 - h.4.2 AS refused_since,
    h.3.5 - h.4.3 AS fenced_since,
    h.3.2 AS head_seq,
    r.hash AS head_hash,
    h.3.6 AS known_until
FROM (SELECT arrayJoin(heads) AS h) AS known
LEFT ANY JOIN
(
    SELECT stage, partition, hash FROM ledger_records
    WHERE (stage, partition, offset) IN (SELECT h.1, h.2, h.3.1 FROM (SELECT arrayJoin(heads) AS h))
) AS r ON r.stage = known.h.1 AND r.partition = known.h.2
ORDER BY stage, partition
