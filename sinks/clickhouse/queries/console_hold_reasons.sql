-- What the checks of the cold chain that gave these reasons in English say in Chinese.
SELECT DISTINCT JSONExtractString(body, 'reason_en') AS reason_en, JSONExtractString(body, 'reason_zh') AS reason_zh
FROM coldchain_decisions
WHERE type = 'check_failed' AND reason_en IN {reasons:Array(String)} AND known_at <= {as_of:DateTime64(6, 'UTC')}
ORDER BY reason_en
