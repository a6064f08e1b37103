-- Findings of inspections (督查) at premises: open and overdue at {as_of}, reported and mended since {since}.
WITH
-- include: cut coldchain
SELECT
    premises AS premises_id,
    countIf(NOT is_mended) AS open_findings,
    countIf(NOT is_mended AND deadline < {as_of:DateTime64(6, 'UTC')}) AS overdue,
    countIf(is_new) AS reported,
    countIf(mended_since) AS mended,
    minOrNullIf(deadline, NOT is_mended) AS next_deadline
FROM
(
    SELECT
        JSONExtractString(body, 'report', 'premises_id') AS premises,
        JSONExtractString(body, 'report', 'finding_id') AS finding,
        argMaxIf(parseDateTime64BestEffortOrNull(JSONExtractString(body, 'report', 'deadline'), 6, 'UTC'), (offset, idx),
            kind = 'finding_reported') AS deadline,
        countIf(kind = 'finding_mended') > 0 AS is_mended,
        countIf(kind = 'finding_reported' AND offset >= coldchain_cut.2[partition]) > 0 AS is_new,
        countIf(kind = 'finding_mended' AND offset >= coldchain_cut.2[partition]) > 0 AS mended_since
    FROM coldchain_decisions FINAL
    WHERE type = 'inspection_recorded' AND offset < coldchain_cut.1[partition]
    GROUP BY partition, premises, finding
)
WHERE NOT is_mended OR is_new OR mended_since
GROUP BY premises
ORDER BY overdue DESC, open_findings DESC, premises
