-- Why messages were refused until {as_of}: how many by topic and reason, and when last.
SELECT stage, partition, source_topic, code AS rejection_code, uniqExact(offset) AS messages, max(known_at) AS last_minute,
    max(offset) AS last_offset
FROM refusals
WHERE known_at <= {as_of:DateTime64(6, 'UTC')}
GROUP BY stage, partition, source_topic, code
ORDER BY last_minute DESC
LIMIT 200
