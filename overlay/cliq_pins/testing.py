"""What tests of your own need: boards in few words, the simulator's switches and faults.

The fixtures `cliq_simulator` and `cliq_clock` come with the installed package; they need the extra `simulator`.
"""

from .simulator import Behaviour, Fault, Simulator, VirtualClock
from .simulator.builders import board, chat, folder

__all__ = ["Behaviour", "Fault", "Simulator", "VirtualClock", "board", "chat", "folder"]
