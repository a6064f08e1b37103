-- where areas
    (empty({areas:Array(String)})
        OR arrayExists(one_of_them -> startsWith(concat(area, '/'), concat(one_of_them, '/')), {areas:Array(String)}))
-- else
    true
-- end
