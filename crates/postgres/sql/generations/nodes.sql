SELECT DISTINCT node FROM generations ORDER BY node
