-- Findings of inspections (督查) at premises: open and overdue at {as_of}, reported and mended since {since}.
SELECT
    subject AS premises_id,
    countIf(is_open) AS open_findings,
    countIf(is_open AND ended_at < {as_of:DateTime64(6, 'UTC')}) AS overdue,
    countIf(known_from > {since:DateTime64(6, 'UTC')}) AS reported,
    countIf(NOT is_open) AS mended,
    minOrNullIf(ended_at, is_open) AS next_deadline
FROM
(
    SELECT subject, known_from, ended_at, valid_until > {as_of:DateTime64(6, 'UTC')} AS is_open
    FROM coldchain_spans FINAL
    WHERE what = 'finding' AND (valid_until > {as_of:DateTime64(6, 'UTC')} OR over) AND
-- include: in_period
)
GROUP BY premises_id
ORDER BY overdue DESC, open_findings DESC, premises_id
