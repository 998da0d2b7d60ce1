"""What a phone on a desk does to a voice: room, distance, band, noise, level. Everything drawn from one generator."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from models.asr_demo.voices import RATE_HZ, Signal

TELEPHONE, ROOM, NOISE = 0.35, 0.35, 0.85


def in_a_quiet_room(signal: Signal, rng: np.random.Generator) -> tuple[Signal, int]:
    """`signal` with a little silence around it and noise 22 to 48 dB below it; and the samples before it."""
    lead, tail = (int(rng.uniform(0.08, 0.5) * RATE_HZ) for _ in range(2))
    heard = np.concatenate([np.zeros(lead), signal, np.zeros(tail)]).astype(np.float32)
    loud = float(np.sqrt(np.mean(heard**2)))
    noise = rng.standard_normal(heard.size) * loud * 10 ** (-rng.uniform(22, 48) / 20)
    if rng.random() < 0.3:
        noise[1:] = 0.6 * noise[1:] + 0.4 * noise[:-1]
    return (heard + noise).astype(np.float32), lead


def degrade(signal: Signal, rng: np.random.Generator) -> tuple[Signal, int]:
    """`signal` (peak 1) as a poor recording holds it: silence, room, line, noise and gain by chance.

    Returns:
        The sound, and how many samples come before the first of `signal`.
    """
    lead, tail = (int(rng.uniform(0.08, 0.45) * RATE_HZ) for _ in range(2))
    heard: NDArray[np.float32] = np.concatenate([np.zeros(lead), signal, np.zeros(tail)]).astype(np.float32)
    if rng.random() < ROOM:
        heard = _room(heard, rng)
    if rng.random() < TELEPHONE:
        heard = _telephone(heard, rng)
    if rng.random() < NOISE:
        heard = (heard + _noise(heard, snr_db=rng.uniform(6, 40), rng=rng)).astype(np.float32)
    heard *= np.float32(10 ** (rng.uniform(-30, 0) / 20) / max(1e-6, float(np.abs(heard).max())))
    # No microphone is silent: without a floor, the logarithm of nothing would be the loudest cue of all.
    heard += (rng.standard_normal(heard.size) * 10 ** (rng.uniform(-95, -65) / 20)).astype(np.float32)
    if rng.random() < 0.05:
        heard = (2 * heard).clip(-1, 1)
    return heard.astype(np.float32), lead


def _room(signal: Signal, rng: np.random.Generator) -> Signal:
    """Reverberation: an exponentially fading echo behind the direct sound."""
    decay_s = rng.uniform(0.1, 0.5)
    times = np.arange(int(decay_s * RATE_HZ)) / RATE_HZ
    response = rng.standard_normal(times.size) * np.exp(-6.9 * times / decay_s) * rng.uniform(0.02, 0.12)
    response[0] = 1.0
    heard: Signal = fftconvolve(signal, response)[: signal.size].astype(np.float32)
    return heard


def _telephone(signal: Signal, rng: np.random.Generator) -> Signal:
    """300 to 3,400 Hz at 8,000 samples a second, half of the time through eight-bit mu-law."""
    band = butter(4, [rng.uniform(150, 350), rng.uniform(3000, 3700)], btype="band", fs=RATE_HZ, output="sos")
    narrow = resample_poly(sosfilt(band, signal), 1, 2)
    if rng.random() < 0.5:
        peak = max(1e-6, float(np.abs(narrow).max()))
        code = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow) / peak) / np.log(256) * 127) / 127
        narrow = np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255 * peak
    wide = resample_poly(narrow, 2, 1)[: signal.size]
    return np.pad(wide, (0, signal.size - wide.size)).astype(np.float32)


def _noise(signal: Signal, *, snr_db: float, rng: np.random.Generator) -> Signal:
    """Noise of a random colour, sometimes with a mains hum, `snr_db` below the speech."""
    spectrum = np.fft.rfft(rng.standard_normal(signal.size))
    slope = rng.uniform(0, 1.2)
    spectrum *= np.maximum(1, np.arange(spectrum.size)) ** (-slope / 2)
    noise = np.fft.irfft(spectrum, signal.size)
    if rng.random() < 0.2:
        times = np.arange(signal.size) / RATE_HZ
        noise += noise.std() * sum(np.sin(2 * np.pi * 50 * k * times) / k for k in (1, 2, 3))
    loud = np.sqrt(np.mean(signal**2))
    scaled: Signal = (noise / max(1e-9, noise.std()) * loud * 10 ** (-snr_db / 20)).astype(np.float32)
    return scaled
