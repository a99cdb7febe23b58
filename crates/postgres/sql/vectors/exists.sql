SELECT to_regclass('vector_collections') IS NOT NULL AS "exists!"
