DROP TABLE messages;
DROP TABLE conversations;
DROP TABLE sessions;
DROP TABLE user_stats;
DROP TABLE users;
DROP TABLE store_state;
