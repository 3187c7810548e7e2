/** Weights and biases of one layer; the int8 weights are already multiplied by their scale. */
export type Layer = {
  /** Values that one output is computed from: all inputs of a dense layer, one patch of a convolution. */
  readonly inputs: number
  readonly outputs: number
  /** inputs × outputs; a dense layer keeps all outputs of one input together, a convolution the reverse. */
  readonly weights: Float32Array
  readonly biases: Float32Array
}

/** The layers of a network in the order in which they are applied. */
export type Network = readonly Layer[]

/** First four bytes of a weights file: its format and version. */
const MAGIC = 'KSN1'

/**
 * Writes a network as int8. Layout, little-endian: `KSN1`, number of layers (uint8); then per layer
 * inputs and outputs (uint16 each), scale (float32), biases (float32 each), weights (int8 each).
 * A weight is its int8 times the layer's scale, so it is rounded by at most half a scale.
 */
export const encodeNetwork = (network: Network): Uint8Array => {
  const size = network.reduce((sum, layer) => sum + 8 + 4 * layer.outputs + layer.weights.length, 5)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < MAGIC.length; i++) view.setUint8(i, MAGIC.charCodeAt(i))
  view.setUint8(4, network.length)
  let at = 5
  for (const { inputs, outputs, weights, biases } of network) {
    const scale = Math.fround(weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-12) / 127)
    view.setUint16(at, inputs, true)
    view.setUint16(at + 2, outputs, true)
    view.setFloat32(at + 4, scale, true)
    at += 8
    for (const bias of biases) {
      view.setFloat32(at, bias, true)
      at += 4
    }
    for (const weight of weights) view.setInt8(at++, Math.round(weight / scale))
  }
  return bytes
}

/** Reads what {@link encodeNetwork} wrote. Throws on bytes that are not a network or are cut short. */
export const decodeNetwork = (bytes: Uint8Array): Network => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC) {
    throw new Error(`The weights start with "${magic}" instead of "${MAGIC}": this is not a weights file.`)
  }
  const layers: Layer[] = []
  let at = 5
  for (let i = 0; i < (bytes[4] ?? 0); i++) {
    if (at + 8 > bytes.length) throw cutShort(bytes.length, at + 8)
    const inputs = view.getUint16(at, true)
    const outputs = view.getUint16(at + 2, true)
    const scale = view.getFloat32(at + 4, true)
    const end = at + 8 + outputs * (4 + inputs)
    if (end > bytes.length) throw cutShort(bytes.length, end)
    const biasesAt = at + 8
    const weightsAt = biasesAt + 4 * outputs
    layers.push({
      inputs,
      outputs,
      biases: Float32Array.from({ length: outputs }, (_, j) => view.getFloat32(biasesAt + 4 * j, true)),
      weights: Float32Array.from({ length: inputs * outputs }, (_, j) => view.getInt8(weightsAt + j) * scale),
    })
    at = end
  }
  return layers
}

const cutShort = (length: number, needed: number) =>
  new Error(`The weights are ${length} bytes long, their layers need ${needed}: the file is cut short.`)

/** Throws unless the layers have these [inputs, outputs], in this order. */
export const assertShape = (network: Network, shape: readonly (readonly [number, number])[]): void => {
  const found = network.map((layer) => `${layer.inputs}→${layer.outputs}`).join(', ')
  const wanted = shape.map(([inputs, outputs]) => `${inputs}→${outputs}`).join(', ')
  if (found !== wanted) throw new Error(`The network has the layers ${found}; this reader needs ${wanted}.`)
}
