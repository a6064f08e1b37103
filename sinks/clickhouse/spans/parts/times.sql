-- When each accepted record of the step became known: when it was written, and not before the one before it.
times AS
(
    SELECT offset AS record, greatest({known:DateTime64(6, 'UTC')}, ifNull(max(recorded_at)
        OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), {known:DateTime64(6, 'UTC')})) AS known_at
    FROM ledger_records FINAL
    WHERE stage = {stage:String} AND partition = {partition:UInt32} AND accepted
        AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
)
