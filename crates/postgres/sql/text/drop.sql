DROP TABLE IF EXISTS text_documents, text_state
