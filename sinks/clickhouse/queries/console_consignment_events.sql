-- What was decided about a consignment until {as_of}, but for readings: steps, checks, breaches, gaps, warnings, holds.
WITH
-- include: cut coldchain
SELECT known_at, at, type, kind, logger_id, rule, check_id, hold_id, lot_ids, body, partition, offset, idx
FROM coldchain_decisions FINAL
WHERE type IN ('fact_recorded', 'fact_withdrawn', 'step_reached', 'check_failed', 'check_mended', 'breach_opened',
        'breach_extended', 'breach_shortened', 'breach_withdrawn', 'gap_found', 'gap_withdrawn', 'warning_raised',
        'sensor_flagged', 'hold_ordered', 'hold_withdrawn', 'consignment_closed')
    AND consignment_id = {consignment:String} AND offset < coldchain_cut[partition]
    AND
-- include: consignment_got
ORDER BY partition, offset, idx
LIMIT 2000
