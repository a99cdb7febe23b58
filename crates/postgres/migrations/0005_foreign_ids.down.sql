DROP TABLE foreign_ids;
