//! The remote protocol over a TCP connection, by the gdbstub crate; one client, one processor.

use super::description::xml;
use super::registers::{CoreRegisters, Nux, Place};
use super::{Debuggee, Halt, StopPoints, Watched, Watchpoint};
use gdbstub::common::Signal;
use gdbstub::conn::{Connection, ConnectionExt};
use gdbstub::stub::run_blocking::{BlockingEventLoop, Event, WaitForStopReasonError};
use gdbstub::stub::{DisconnectReason, GdbStub, SingleThreadStopReason};
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::single_register_access::{SingleRegisterAccess, SingleRegisterAccessOps};
use gdbstub::target::ext::base::singlethread::{
    SingleThreadBase, SingleThreadResume, SingleThreadResumeOps, SingleThreadSingleStep,
    SingleThreadSingleStepOps,
};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps, SwBreakpoint,
    SwBreakpointOps, WatchKind,
};
use gdbstub::target::ext::monitor_cmd::{ConsoleOutput, MonitorCmd, MonitorCmdOps};
use gdbstub::target::ext::target_description_xml_override::{
    TargetDescriptionXmlOverride, TargetDescriptionXmlOverrideOps,
};
use gdbstub::target::{Target, TargetError, TargetResult};
use std::convert::Infallible;
use std::io;
use std::marker::PhantomData;
use std::net::TcpStream;
use thiserror::Error;

/// Room for a packet that sets all registers, two digits a byte.
const PACKET_BYTES: usize = 16 << 10;

/// Why serving ended early.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The connection.
    #[error("the debugger's connection failed: {0}")]
    Connection(io::Error),
    /// The protocol.
    #[error("the debugger's protocol: {0}")]
    Protocol(String),
}

/// Serves one debugger until it leaves. `Ok(true)` when it asked for the program to be killed.
///
/// # Errors
/// When the connection or the protocol breaks. The debuggee stands where it stood.
pub fn serve<D: Debuggee>(connection: TcpStream, debuggee: &mut D) -> Result<bool, ServeError> {
    connection.set_nodelay(true).map_err(ServeError::Connection)?;
    let mut buffer = vec![0; PACKET_BYTES];
    let stub = GdbStub::builder(connection).with_packet_buffer(&mut buffer).build();
    let stub = stub.map_err(|error| ServeError::Protocol(error.to_string()))?;
    let mut server = Server { debuggee, points: StopPoints::default(), stepping: false, description: xml() };
    match stub.run_blocking::<Loop<D>>(&mut server) {
        Ok(DisconnectReason::Kill) => Ok(true),
        Ok(_) => Ok(false),
        Err(error) if error.is_connection_error() => Err(lost(&error.to_string())),
        Err(error) => Err(ServeError::Protocol(error.to_string())),
    }
}

fn lost(message: &str) -> ServeError {
    ServeError::Connection(io::Error::new(io::ErrorKind::ConnectionAborted, message.to_owned()))
}

struct Server<'a, D> {
    debuggee: &'a mut D,
    points: StopPoints,
    stepping: bool,
    description: String,
}

struct Loop<'a, D>(PhantomData<&'a mut D>);

type StopReason = SingleThreadStopReason<u32>;

fn reason(halt: Halt) -> StopReason {
    match halt {
        Halt::Step => StopReason::DoneStep,
        Halt::Breakpoint => StopReason::SwBreak(()),
        Halt::Watchpoint { point } => {
            StopReason::Watch { tid: (), kind: watch_kind(point.kind), addr: point.address }
        }
        Halt::Sleep => StopReason::Signal(Signal::SIGSTOP),
        Halt::Limit => StopReason::Signal(Signal::SIGXCPU),
    }
}

fn watch_kind(kind: Watched) -> WatchKind {
    match kind {
        Watched::Write => WatchKind::Write,
        Watched::Read => WatchKind::Read,
        Watched::Access => WatchKind::ReadWrite,
    }
}

fn watched(kind: WatchKind) -> Watched {
    match kind {
        WatchKind::Write => Watched::Write,
        WatchKind::Read => Watched::Read,
        WatchKind::ReadWrite => Watched::Access,
    }
}

impl<'a, D: Debuggee> BlockingEventLoop for Loop<'a, D> {
    type Target = Server<'a, D>;
    type Connection = TcpStream;
    type StopReason = StopReason;

    fn wait_for_stop_reason(
        server: &mut Server<'a, D>,
        connection: &mut TcpStream,
    ) -> Result<Event<StopReason>, WaitForStopReasonError<Infallible, <TcpStream as Connection>::Error>> {
        if server.stepping {
            return Ok(Event::TargetStopped(reason(server.debuggee.step())));
        }
        loop {
            // Whatever arrives while the processor runs is for the protocol, above all the interrupt.
            if connection.peek().map_err(WaitForStopReasonError::Connection)?.is_some() {
                let byte = connection.read().map_err(WaitForStopReasonError::Connection)?;
                return Ok(Event::IncomingData(byte));
            }
            if let Some(halt) = server.debuggee.run(&server.points) {
                return Ok(Event::TargetStopped(reason(halt)));
            }
        }
    }

    fn on_interrupt(_: &mut Server<'a, D>) -> Result<Option<StopReason>, Infallible> {
        Ok(Some(StopReason::Signal(Signal::SIGINT)))
    }
}

impl<D: Debuggee> Target for Server<'_, D> {
    type Arch = Nux;
    type Error = Infallible;

    fn base_ops(&mut self) -> BaseOps<'_, Nux, Infallible> {
        BaseOps::SingleThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }

    fn support_target_description_xml_override(
        &mut self,
    ) -> Option<TargetDescriptionXmlOverrideOps<'_, Self>> {
        Some(self)
    }
}

impl<D: Debuggee> SingleThreadBase for Server<'_, D> {
    fn read_registers(&mut self, registers: &mut CoreRegisters) -> TargetResult<(), Self> {
        *registers = self.debuggee.registers();
        Ok(())
    }

    fn write_registers(&mut self, registers: &CoreRegisters) -> TargetResult<(), Self> {
        self.debuggee.set_registers(registers);
        Ok(())
    }

    fn support_single_register_access(&mut self) -> Option<SingleRegisterAccessOps<'_, (), Self>> {
        Some(self)
    }

    fn read_addrs(&mut self, address: u32, data: &mut [u8]) -> TargetResult<usize, Self> {
        match self.debuggee.read_memory(address, data) {
            0 if !data.is_empty() => Err(TargetError::NonFatal),
            count => Ok(count),
        }
    }

    fn write_addrs(&mut self, address: u32, data: &[u8]) -> TargetResult<(), Self> {
        if self.debuggee.write_memory(address, data) { Ok(()) } else { Err(TargetError::NonFatal) }
    }

    fn support_resume(&mut self) -> Option<SingleThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl<D: Debuggee> SingleRegisterAccess<()> for Server<'_, D> {
    fn read_register(&mut self, (): (), place: Place, data: &mut [u8]) -> TargetResult<usize, Self> {
        let bytes = self.debuggee.registers().bytes();
        data[..place.length].copy_from_slice(&bytes[place.start..][..place.length]);
        Ok(place.length)
    }

    fn write_register(&mut self, (): (), place: Place, value: &[u8]) -> TargetResult<(), Self> {
        let mut registers = self.debuggee.registers();
        let mut bytes = registers.bytes();
        if value.len() != place.length {
            return Err(TargetError::NonFatal);
        }
        bytes[place.start..][..place.length].copy_from_slice(value);
        registers.set_bytes(&bytes).map_err(|()| TargetError::NonFatal)?;
        self.debuggee.set_registers(&registers);
        Ok(())
    }
}

impl<D: Debuggee> SingleThreadResume for Server<'_, D> {
    fn resume(&mut self, _: Option<Signal>) -> Result<(), Infallible> {
        self.stepping = false;
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<SingleThreadSingleStepOps<'_, Self>> {
        Some(self)
    }
}

impl<D: Debuggee> SingleThreadSingleStep for Server<'_, D> {
    fn step(&mut self, _: Option<Signal>) -> Result<(), Infallible> {
        self.stepping = true;
        Ok(())
    }
}

impl<D: Debuggee> Breakpoints for Server<'_, D> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

impl<D: Debuggee> SwBreakpoint for Server<'_, D> {
    fn add_sw_breakpoint(&mut self, address: u32, _: usize) -> TargetResult<bool, Self> {
        self.points.breakpoints.insert(address);
        Ok(true)
    }

    fn remove_sw_breakpoint(&mut self, address: u32, _: usize) -> TargetResult<bool, Self> {
        Ok(self.points.breakpoints.remove(&address))
    }
}

impl<D: Debuggee> HwBreakpoint for Server<'_, D> {
    fn add_hw_breakpoint(&mut self, address: u32, kind: usize) -> TargetResult<bool, Self> {
        self.add_sw_breakpoint(address, kind)
    }

    fn remove_hw_breakpoint(&mut self, address: u32, kind: usize) -> TargetResult<bool, Self> {
        self.remove_sw_breakpoint(address, kind)
    }
}

impl<D: Debuggee> HwWatchpoint for Server<'_, D> {
    fn add_hw_watchpoint(&mut self, address: u32, length: u32, kind: WatchKind) -> TargetResult<bool, Self> {
        self.points.watchpoints.push(Watchpoint { address, length, kind: watched(kind) });
        Ok(true)
    }

    fn remove_hw_watchpoint(
        &mut self,
        address: u32,
        length: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        let wanted = Watchpoint { address, length, kind: watched(kind) };
        let found = self.points.watchpoints.iter().position(|point| *point == wanted);
        Ok(found.map(|index| self.points.watchpoints.remove(index)).is_some())
    }
}

impl<D: Debuggee> MonitorCmd for Server<'_, D> {
    fn handle_monitor_cmd(&mut self, command: &[u8], mut out: ConsoleOutput<'_>) -> Result<(), Infallible> {
        let answer = self.debuggee.monitor(String::from_utf8_lossy(command).trim());
        out.write_raw(answer.as_bytes());
        Ok(())
    }
}

impl<D: Debuggee> TargetDescriptionXmlOverride for Server<'_, D> {
    fn target_description_xml(
        &self,
        annex: &[u8],
        offset: u64,
        length: usize,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        if annex != b"target.xml" {
            return Err(TargetError::NonFatal);
        }
        let text = self.description.as_bytes();
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
        let count = length.min(buffer.len()).min(text.len() - start);
        buffer[..count].copy_from_slice(&text[start..][..count]);
        Ok(count)
    }
}
