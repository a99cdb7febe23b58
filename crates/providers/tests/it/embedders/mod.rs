#[cfg(feature = "bridges")]
mod bridges;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "openai")]
mod openai;
