CREATE TABLE weights (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  framework TEXT NOT NULL CHECK (framework IN ('tidemark', 'tensorflow', 'pytorch', 'onnx')),
  tensors TEXT NOT NULL,
  license TEXT NOT NULL,
  source TEXT NOT NULL,
  source_digest TEXT NOT NULL,
  normalization TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) WITHOUT ROWID;
