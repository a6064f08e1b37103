-- Messages refused since {since}, by topic and reason; their bytes wait on dlq.<topic>.
WITH
-- include: positions_known
SELECT source_topic AS topic, rejection_code AS code, count() AS messages, any(rejection_reason) AS example
FROM (SELECT * FROM ledger_records FINAL WHERE accepted AND kind = 'rejected') AS r
INNER JOIN positions_known AS p ON p.ledger = r.stage AND p.part = r.partition
WHERE offset < p.known AND offset >= p.known_before
GROUP BY topic, code
ORDER BY messages DESC, topic, code
