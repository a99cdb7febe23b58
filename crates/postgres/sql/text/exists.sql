SELECT to_regclass('text_state') IS NOT NULL AS "exists!"
