-- Stock by area and item at {as_of}.
stock_known AS
(
    SELECT
        area, item,
        sumIf(shelf, NOT lot_spans.held AND NOT lot_spans.expired) AS available,
        sumIf(shelf, lot_spans.held) AS held,
        sumIf(shelf, lot_spans.expired AND NOT lot_spans.held) AS expired
    FROM lot_spans FINAL
    PREWHERE
-- include: at_that_time
    WHERE
-- include: in_areas
    GROUP BY area, item
)
