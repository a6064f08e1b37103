-- Who was on duty at {as_of} for one grid; no row: nobody.
WITH
-- include: owned one_spot
SELECT spot, owner FROM owned
