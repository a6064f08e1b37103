-- Where the $word ledger ended, by partition, at {as_of} (1) and at {since} (2): what was written later was not known.
(
    SELECT (mapFromArrays(groupArray(part), groupArray(known)), mapFromArrays(groupArray(part), groupArray(known_before)))
    FROM
    (
        SELECT
            partition AS part,
            ifNull(minOrNullIf(offset, recorded_at > {as_of:DateTime64(6, 'UTC')}), max(offset) + 1) AS known,
            ifNull(minOrNullIf(offset, recorded_at > {since:DateTime64(6, 'UTC')}), max(offset) + 1) AS known_before
        FROM ledger_records
        WHERE stage = '$word' AND accepted
        GROUP BY partition
    )
) AS $word_cut
