-- Why messages were refused until {as_of}: how many by topic and reason, and in which minutes last.
SELECT stage, partition, source_topic, rejection_code, sum(records) AS messages, max(minute) AS last_minute,
    argMax(last_offset, minute) AS last_offset
FROM ledger_minutes
WHERE kind = 'rejected' AND minute <= toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC')
GROUP BY stage, partition, source_topic, rejection_code
ORDER BY last_minute DESC
LIMIT 200
