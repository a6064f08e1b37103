-- Consignments as they were known: profile, furthest step, checks that fail, holds that stand.
checks_known AS
(
    SELECT
        partition AS ledger_partition,
        consignment_id AS consignment,
        check_id AS id,
        any(rule) AS broken_rule,
        argMaxIf(JSONExtractString(body, 'severity'), (offset, idx), type = 'check_failed') AS severity,
        argMaxIf(at, (offset, idx), type = 'check_failed') AS broken_since,
        argMax(type = 'check_failed', (offset, idx)) AS failing,
        argMaxIf(type = 'check_failed', (offset, idx), offset < coldchain_cut.2[partition]) AS failing_before,
        countIf(type = 'check_failed' AND offset >= coldchain_cut.2[partition]) > 0 AS failed_since,
        countIf(type = 'check_mended' AND offset >= coldchain_cut.2[partition]) > 0 AS mended_since
    FROM coldchain_decisions FINAL
    WHERE type IN ('check_failed', 'check_mended') AND offset < coldchain_cut.1[partition]
    GROUP BY partition, consignment_id, check_id
),
holds_known AS
(
    SELECT partition AS ledger_partition, hold_id AS id, maxIf(consignment_id, type = 'hold_ordered') AS consignment
    FROM coldchain_decisions FINAL
    WHERE type IN ('hold_ordered', 'hold_withdrawn') AND offset < coldchain_cut.1[partition]
    GROUP BY partition, hold_id
    HAVING argMax(type, (offset, idx)) = 'hold_ordered' AND consignment != ''
),
breaches_known AS
(
    SELECT
        partition AS ledger_partition, consignment_id AS consignment, logger_id AS logger,
        JSONExtractString(body, 'breach_id') AS id,
        argMaxIf(tuple(kind, JSONExtractFloat(body, 'limit_c'), at,
            parseDateTime64BestEffortOrNull(JSONExtractString(body, 'end'), 6, 'UTC'),
            JSONExtract(body, 'peak_c', 'Nullable(Float64)')), (offset, idx), type != 'breach_withdrawn') AS last,
        min(known_at) AS first_known_at,
        min(offset) >= any(coldchain_cut.2[partition]) AS is_new
    FROM coldchain_decisions FINAL
    WHERE type IN ('breach_opened', 'breach_extended', 'breach_shortened', 'breach_withdrawn')
        AND offset < coldchain_cut.1[partition]
    GROUP BY partition, consignment_id, logger_id, id
    HAVING argMax(type, (offset, idx)) != 'breach_withdrawn'
),
consignments_known AS
(
    SELECT
        partition AS ledger_partition,
        consignment_id AS consignment,
        argMaxIf(JSONExtractString(body, 'fact', 'profile'), (offset, idx), kind = 'consignment_declared') AS temperature_profile,
        argMaxIf(JSONExtractString(body, 'step'), (offset, idx), type = 'step_reached') AS furthest_step,
        min(offset) >= any(coldchain_cut.2[partition]) AS is_new,
        countIf(type = 'consignment_closed') > 0 AS closed,
        countIf(type = 'consignment_closed' AND offset >= coldchain_cut.2[partition]) > 0 AS closed_since
    FROM coldchain_decisions FINAL
    WHERE consignment_id != '' AND type IN ('fact_recorded', 'step_reached', 'consignment_closed')
        AND offset < coldchain_cut.1[partition]
        AND (empty({areas:Array(String)}) OR consignment_id IN (SELECT consignment_id FROM consignments_in_areas))
    GROUP BY partition, consignment_id
)
