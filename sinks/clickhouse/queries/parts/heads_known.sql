-- Where every ledger ended at {as_of}, by stage and partition.
heads_known AS
(
    SELECT stage AS ledger, partition AS part, argMax((offset, seq, records, rejected,
        fenced, valid_from, last_at), offset) AS head
    FROM ledger_heads
    WHERE valid_from <= {as_of:DateTime64(6, 'UTC')} AND valid_until > {as_of:DateTime64(6, 'UTC')}
    GROUP BY stage, partition
)
