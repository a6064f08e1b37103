-- where areas
    (empty({areas:Array(String)})
        OR arrayExists(one_of_them -> area = one_of_them OR startsWith(area, concat(one_of_them, '/')), {areas:Array(String)}))
-- else
    true
-- end
