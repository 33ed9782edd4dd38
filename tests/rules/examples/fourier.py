"""Example calls: Fourier transforms, of which real and imaginary parts are taken."""

import numpy as np

from tests.rules.examples.registry import example, normal

TURN = 1.0 + 2.0j


@example("fft.fft", normal((5,), (2, 4)))
def fft_of_rows(x, y):
    z = np.fft.fft(x)[:4] * np.fft.fft(y * TURN, axis=0, norm="ortho") * np.fft.fft(y, 3)[0, 1]
    return np.real(z * np.fft.fft(x, n=7, norm="forward")[2])


@example("fft.ifft", normal((5,), (2, 4)))
def ifft_of_rows(x, y):
    z = np.fft.ifft(x * TURN, 4) * np.fft.ifft(y)
    return np.imag(z * np.fft.ifft(y * TURN, n=6, axis=1, norm="ortho")[1, 2])


@example("fft.rfft", normal((5,), (2, 4)))
def rfft_of_rows(x, y):
    z = np.fft.rfft(x) * np.fft.rfft(y) * np.fft.rfft(y, 3, axis=0, norm="ortho")[0, 0]
    return np.real(z * np.fft.rfft(x, 7)[1] * np.fft.rfft(x, n=4)[2])


@example("fft.irfft", normal((4,), (2, 3)))
def irfft_of_rows(x, y):
    z = np.fft.irfft(x * TURN)[:4] * np.fft.irfft(y * TURN, axis=1) * np.fft.irfft(x * TURN, 5)[1]
    z = z * np.fft.irfft(y, n=3, axis=0, norm="ortho")[1, 2]
    return z * np.fft.irfft(x * TURN, 9, norm="forward")[3]


@example("fft.fft2", normal((2, 3)))
def fft2_of_matrix(x):
    return np.real(np.fft.fft2(x) * np.fft.fft2(x * TURN, axes=(1, 0), norm="ortho"))


@example("fft.ifft2", normal((2, 3)))
def ifft2_of_matrix(x):
    return np.imag(np.fft.ifft2(x * TURN) * x)


@example("fft.fftn", normal((2, 3, 2)))
def fftn_of_stack(x):
    return np.real(np.fft.fftn(x) * np.fft.fftn(x * TURN, axes=(0, 2)))


@example("fft.ifftn", normal((2, 3)))
def ifftn_of_matrix(x):
    return np.real(np.fft.ifftn(x * TURN, norm="forward") * np.fft.fftfreq(3, 0.5))


@example("fft.fftshift", normal((5,), (2, 3)))
def fftshift_of_rows(x, y):
    return np.fft.fftshift(x)[:3] * np.fft.fftshift(y, axes=1) * np.fft.fftshift(y)


@example("fft.ifftshift", normal((5,), (2, 3)))
def ifftshift_of_rows(x, y):
    return np.fft.ifftshift(x)[:3] * np.fft.ifftshift(y, axes=(1,)) * np.fft.ifftshift(y)
