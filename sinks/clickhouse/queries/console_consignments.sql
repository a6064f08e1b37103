-- Consignments as known at {as_of}: how far they came, failing checks, holds, breaches. Where a user is bound to areas:
-- those that his areas got lots of.
WITH
known AS
(
    SELECT
        partition, consignment_id AS consignment,
        argMaxIf(JSONExtractString(body, 'fact', 'profile'), (offset, idx), kind = 'consignment_declared') AS profile,
        argMaxIf(JSONExtractString(body, 'fact', 'origin'), (offset, idx), kind = 'consignment_declared') AS origin,
        argMaxIf(JSONExtractString(body, 'fact', 'importer'), (offset, idx), kind = 'consignment_declared') AS importer,
        argMaxIf(JSONExtractString(body, 'step'), (offset, idx), type = 'step_reached') AS step,
        argMaxIf(JSONExtractString(body, 'facility'), (offset, idx), type = 'step_reached') AS facility,
        argMaxOrNullIf(at, (offset, idx), type = 'step_reached') AS step_at,
        uniqExactIf(JSONExtractString(body, 'breach_id'), type = 'breach_opened')
            - uniqExactIf(JSONExtractString(body, 'breach_id'), type = 'breach_withdrawn') AS breaches,
        uniqExactIf(check_id, type = 'check_failed') AS ever_failed,
        countIf(type = 'consignment_closed') > 0 AS closed,
        countIf(type = 'warning_raised') AS warnings,
        max(known_at) AS heard_at
    FROM coldchain_decisions FINAL
    WHERE consignment_id != '' AND type IN ('fact_recorded', 'step_reached', 'breach_opened', 'breach_withdrawn',
        'check_failed', 'consignment_closed', 'warning_raised') AND known_at <= {as_of:DateTime64(6, 'UTC')}
    GROUP BY partition, consignment
),
failing AS
(
    SELECT consignment, count() AS failed, groupUniqArray(last_rule) AS rules
    FROM
    (
        SELECT consignment_id AS consignment, check_id, argMax(type = 'check_failed', (offset, idx)) AS fails,
            any(rule) AS last_rule
        FROM coldchain_decisions FINAL
        WHERE type IN ('check_failed', 'check_mended') AND known_at <= {as_of:DateTime64(6, 'UTC')}
        GROUP BY consignment, check_id
        HAVING fails
    )
    GROUP BY consignment
),
holds AS
(
    SELECT consignment, count() AS standing
    FROM
    (
        SELECT maxIf(consignment_id, type = 'hold_ordered') AS consignment, hold_id,
            argMax(type, (offset, idx)) AS last
        FROM coldchain_decisions FINAL
        WHERE type IN ('hold_ordered', 'hold_withdrawn') AND known_at <= {as_of:DateTime64(6, 'UTC')}
        GROUP BY hold_id
        HAVING last = 'hold_ordered'
    )
    GROUP BY consignment
)
SELECT
    k.consignment AS consignment_id, k.profile AS profile, k.origin AS origin, k.importer AS importer, k.step AS step,
    k.facility AS facility, k.step_at AS step_at, toInt64(k.breaches) AS breaches, k.warnings AS warnings,
    k.closed AS closed, k.heard_at AS heard_at, f.failed AS failed, f.rules AS rules, h.standing AS holds
FROM known AS k
LEFT JOIN failing AS f ON f.consignment = k.consignment
LEFT JOIN holds AS h ON h.consignment = k.consignment
WHERE (empty({areas:Array(String)}) OR k.consignment IN (
        SELECT consignment_id FROM lot_spans WHERE consignment_id != '' AND valid_from <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
    ))
    AND ({only:String} = '' OR ({only:String} = 'held' AND holds > 0) OR ({only:String} = 'failed' AND failed > 0)
        OR ({only:String} = 'breach' AND breaches > 0) OR ({only:String} = 'moving' AND NOT closed))
    AND ({consignment:String} = '' OR k.consignment = {consignment:String})
ORDER BY holds > 0 DESC, failed > 0 DESC, closed, heard_at DESC, consignment_id
LIMIT {limit:UInt32} OFFSET {skip:UInt32}
