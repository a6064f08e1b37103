-- Consignments as known at {as_of}: how far they came, failing checks, holds, breaches. Where a user is bound to areas:
-- those that his areas got lots of.
WITH
-- include: consignments_in_areas
,
standing AS
(
    SELECT
        subject AS consignment, countIf(what = 'check') AS failed, countIf(what = 'hold') AS holds,
        countIf(what = 'breach') AS breaches, groupUniqArrayIf(toString(coldchain_spans.kind), what = 'check') AS rules
    FROM coldchain_spans FINAL
    WHERE what != 'finding' AND
-- include: at_that_time
    GROUP BY subject
)
SELECT
    k.consignment_id AS consignment_id, k.profile AS profile, k.origin AS origin, k.importer AS importer, k.step AS step,
    k.facility AS facility, k.step_at AS step_at, toInt64(s.breaches) AS breaches, k.warnings AS warnings,
    k.closed AS closed, k.heard_at AS heard_at, s.failed AS failed, s.rules AS rules, s.holds AS holds
FROM
(
    SELECT consignment_id, profile, origin, importer, step, facility, step_at, warnings, closed, heard_at
    FROM consignment_spans FINAL
    WHERE ({consignment:String} = '' OR consignment_id = {consignment:String}) AND
-- include: at_that_time
        AND
-- include: consignment_in_areas consignment_id
) AS k
LEFT JOIN standing AS s ON s.consignment = k.consignment_id
WHERE ({only:String} = '' OR ({only:String} = 'held' AND holds > 0) OR ({only:String} = 'failed' AND failed > 0)
    OR ({only:String} = 'breach' AND breaches > 0) OR ({only:String} = 'moving' AND NOT closed))
ORDER BY holds > 0 DESC, failed > 0 DESC, closed, heard_at DESC, consignment_id
LIMIT {limit:UInt32} OFFSET {skip:UInt32}
