-- Where the $word ledger ended, by partition, at {as_of}: what was written later was not known.
(
    SELECT mapFromArrays(groupArray(part), groupArray(known))
    FROM
    (
        SELECT partition AS part, max(offset) + 1 AS known
        FROM ledger_heads
        WHERE stage = '$word'
            AND valid_from <= {as_of:DateTime64(6, 'UTC')} AND valid_until > {as_of:DateTime64(6, 'UTC')}
        GROUP BY partition
    )
) AS $word_cut
