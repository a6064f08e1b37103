-- Supply areas that ever asked for something.
SELECT DISTINCT area FROM decisions WHERE stage = 'supply' AND type = 'need_opened' ORDER BY area
