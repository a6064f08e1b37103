    (empty({areas:Array(String)})
        OR arrayExists(place -> area = place OR startsWith(area, concat(place, '/')), {areas:Array(String)}))
