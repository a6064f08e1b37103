-- Where every ledger ended, by stage and partition, at {as_of} and {since}.
positions_known AS
(
    SELECT
        stage AS ledger,
        partition AS part,
        ifNull(minOrNullIf(offset, recorded_at > {as_of:DateTime64(6, 'UTC')}), max(offset) + 1) AS known,
        ifNull(minOrNullIf(offset, recorded_at > {since:DateTime64(6, 'UTC')}), max(offset) + 1) AS known_before
    FROM ledger_records
    WHERE accepted
    GROUP BY stage, partition
)
