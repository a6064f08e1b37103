    (empty({areas:Array(String)}) OR arrayExists(permitted_area ->
        area = permitted_area OR startsWith(area, concat(permitted_area, '/')), {areas:Array(String)}))
