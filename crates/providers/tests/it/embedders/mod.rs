#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "openai")]
mod openai;
