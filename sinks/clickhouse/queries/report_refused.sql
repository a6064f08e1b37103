-- Messages refused since {since}, by topic and reason; their bytes wait on dlq.<topic>.
SELECT source_topic AS topic, code, count() AS messages, any(reason) AS example
FROM refusals FINAL
WHERE known_at > {since:DateTime64(6, 'UTC')} AND known_at <= {as_of:DateTime64(6, 'UTC')}
GROUP BY topic, code
ORDER BY messages DESC, topic, code
