-- What loggers said since {since}, by temperature profile: readings, out of range, late; gaps, warnings, faulty sensors.
-- include: coldchain
SELECT
    c.temperature_profile AS profile,
    uniqExactIf(tuple(d.consignment_id, d.logger_id), d.type = 'reading_recorded') AS loggers,
    countIf(d.type = 'reading_recorded') AS readings,
    countIf(d.type = 'reading_recorded' AND d.out != '') AS out_of_range,
    countIf(d.type = 'reading_recorded' AND d.late) AS late_readings,
    countIf(d.type = 'gap_found') AS gaps,
    countIf(d.type = 'warning_raised') AS warnings,
    countIf(d.type = 'sensor_flagged') AS sensor_flags
FROM
(
    SELECT partition, type, consignment_id, logger_id, out, late
    FROM coldchain_decisions FINAL
    WHERE type IN ('reading_recorded', 'gap_found', 'warning_raised', 'sensor_flagged')
        AND offset < coldchain_cut.1[partition] AND offset >= coldchain_cut.2[partition]
) AS d
INNER JOIN consignments_known AS c ON c.ledger_partition = d.partition AND c.consignment = d.consignment_id
GROUP BY profile
ORDER BY profile
