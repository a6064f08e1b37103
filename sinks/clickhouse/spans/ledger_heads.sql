WITH
base_head AS
(
    SELECT * FROM ledger_heads FINAL
    WHERE stage = {stage:String} AND partition = {partition:UInt32}
        AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
),
-- Records that do not count are counted with the next one that does, so those at the end of a step come again.
changes AS
(
    SELECT
        offset, accepted, assumeNotNull(seq) AS place, kind, decision_count, length(value) AS size, at,
        greatest({known:DateTime64(6, 'UTC')}, ifNull(maxIf(recorded_at, accepted)
            OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), {known:DateTime64(6, 'UTC')})) AS known_at
    FROM ledger_records FINAL
    WHERE stage = {stage:String} AND partition = {partition:UInt32} AND offset < {hi:UInt64}
        AND offset >= (SELECT if(count() > 0, max(offset) + 1, 0) FROM base_head)
),
told AS
(
    SELECT true AS base, true AS accepted, offset, seq AS place, records, decided, rejected, owners, fenced, decisions,
        bytes, last_at, worked_at, valid_from AS known_at
    FROM base_head
    UNION ALL
    SELECT false, accepted, offset, place, accepted, accepted AND kind = 'decided', accepted AND kind = 'rejected',
        accepted AND kind = 'opened', NOT accepted, if(accepted, decision_count, 0), size,
        if(accepted, ifNull(at, toDateTime64(0, 6, 'UTC')), toDateTime64(0, 6, 'UTC')),
        if(accepted AND kind != 'opened', known_at, toDateTime64(0, 6, 'UTC')), known_at
    FROM changes
),
running AS
(
    SELECT
        base, accepted, offset, place, known_at,
        sum(records) OVER past AS records_, sum(decided) OVER past AS decided_, sum(rejected) OVER past AS rejected_,
        sum(owners) OVER past AS owners_, sum(fenced) OVER past AS fenced_, sum(decisions) OVER past AS decisions_,
        sum(bytes) OVER past AS bytes_, max(last_at) OVER past AS last_at_, max(worked_at) OVER past AS worked_at_
    FROM told
    WINDOW past AS (ORDER BY base DESC, offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame(known_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (ORDER BY base DESC, offset ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM running
    WHERE accepted
)
SELECT
    {stage:String} AS stage, {partition:UInt32} AS partition, offset, place AS seq, records_ AS records,
    decided_ AS decided, rejected_ AS rejected, owners_ AS owners, fenced_ AS fenced, decisions_ AS decisions,
    bytes_ AS bytes, last_at_ AS last_at, worked_at_ AS worked_at, known_at AS valid_from, out.2 AS valid_until,
    out.1 AS sign
FROM spans
ARRAY JOIN if(base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    [(toInt8(1), next_at)]) AS out
WHERE out.1 = -1 OR valid_from < valid_until
