WITH owing AS MATERIALIZED (
    SELECT node FROM nodes WHERE scrub_due < $1 ORDER BY node FOR NO KEY UPDATE
)
UPDATE nodes n SET scrub_due = $1 FROM owing o WHERE n.node = o.node AND n.scrub_due < $1
