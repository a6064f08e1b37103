-- Why needs lost what was meant for them since {since}: deliveries that failed, holds, counts, expiry; by area and reason.
SELECT area, reason, count() AS times, uniqExact((partition, need_id)) AS needs
FROM need_setbacks FINAL
WHERE known_at > {since:DateTime64(6, 'UTC')} AND known_at <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
GROUP BY area, reason
ORDER BY area, times DESC, reason
