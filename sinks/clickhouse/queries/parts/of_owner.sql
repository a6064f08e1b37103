-- where owner
    multiIf({owner:String} = '', true,
        {owner:String} = '-', if(grid = '', area, grid) NOT IN (SELECT spot FROM owned WHERE {owner:String} = '-'),
        if(grid = '', area, grid) IN (SELECT spot FROM owned WHERE owner = {owner:String}))
-- else
    true
-- end
