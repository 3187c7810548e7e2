import { describe, expect, it } from 'vitest'
import { applyConvolution, applyDense, relu, softmax } from './layers.ts'
import { assertShape, decodeNetwork, encodeNetwork, type Layer } from './network.ts'
import { createRandom } from './random.ts'

const layer = (inputs: number, outputs: number, seed: number): Layer => {
  const random = createRandom(seed)
  const values = (length: number) => Float32Array.from({ length }, () => random() - 0.5)
  return { inputs, outputs, weights: values(inputs * outputs), biases: values(outputs) }
}

describe('the weights file', () => {
  const network = [layer(6, 3, 1), layer(3, 2, 2)]

  it('gives back the biases and, within half a step of int8, the weights', () => {
    const decoded = decodeNetwork(encodeNetwork(network))
    expect(decoded.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [6, 3],
      [3, 2],
    ])
    decoded.forEach((found, i) => {
      const wanted = network[i] as Layer
      const step = Math.max(...wanted.weights.map(Math.abs)) / 127
      expect(found.biases).toEqual(wanted.biases)
      found.weights.forEach((weight, j) => {
        expect(Math.abs(weight - (wanted.weights[j] as number))).toBeLessThanOrEqual(step / 2 + 1e-6)
      })
    })
  })

  it('takes one byte a weight', () => {
    expect(encodeNetwork(network).length).toBe(5 + 2 * 8 + 4 * 5 + 24)
  })

  it('refuses other files and damaged ones', () => {
    const bytes = encodeNetwork(network)
    expect(() => decodeNetwork(new TextEncoder().encode('PNG image'))).toThrow('this is not a weights file')
    expect(() => decodeNetwork(bytes.subarray(0, 20))).toThrow('cut short')
    expect(() => decodeNetwork(bytes.subarray(0, 7))).toThrow('cut short')
  })

  it('names the layers when they are not those of the reader', () => {
    expect(() => assertShape(network, [[196, 48]])).toThrow(
      'The network has the layers 6→3, 3→2; this reader needs 196→48.',
    )
  })
})

describe('layers', () => {
  it('multiplies and adds', () => {
    const dense = {
      inputs: 2,
      outputs: 2,
      weights: Float32Array.of(1, 2, 3, 4),
      biases: Float32Array.of(10, 20),
    }
    const output = new Float32Array(2)
    applyDense(dense, Float32Array.of(1, 2), output)
    expect([...output]).toEqual([17, 30])
  })

  it('cuts off negative values', () => {
    const values = Float32Array.of(-1, 0, 2)
    relu(values)
    expect([...values]).toEqual([0, 0, 2])
  })

  it('makes probabilities even of huge scores', () => {
    const values = Float32Array.of(1000, 1000, -1000)
    softmax(values)
    expect([...values]).toEqual([0.5, 0.5, 0])
  })

  it('convolves as the definition says', () => {
    const shape = { side: 6, channels: 2, kernel: 3 }
    const convolution = layer(18, 3, 7)
    const input = layer(72, 1, 8).weights
    const output = new Float32Array(2 * 2 * 3)
    const winners = new Int8Array(output.length)
    applyConvolution(convolution, shape, input, output, winners)
    const at = (y: number, x: number, channel: number) => {
      let sum = convolution.biases[channel] as number
      for (let row = 0; row < 3; row++)
        for (let column = 0; column < 3; column++)
          for (let c = 0; c < 2; c++)
            sum +=
              (input[((y + row) * 6 + x + column) * 2 + c] as number) *
              (convolution.weights[channel * 18 + (row * 3 + column) * 2 + c] as number)
      return sum
    }
    for (let to = 0; to < output.length; to++) {
      const channel = to % 3
      const y = 2 * Math.floor(to / 6)
      const x = 2 * (Math.floor(to / 3) % 2)
      const block = [
        at(y, x, channel),
        at(y, x + 1, channel),
        at(y + 1, x, channel),
        at(y + 1, x + 1, channel),
      ]
      const most = Math.max(...block)
      expect(output[to]).toBeCloseTo(Math.max(most, 0), 5)
      expect(winners[to]).toBe(most > 0 ? block.indexOf(most) : -1)
    }
  })
})
