//! An emulated setup to test, in this process or behind a socket of its own.

use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::{ProgramBuilder, Responses, Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::udp::{Server, ServerConfig, UdpLink, UdpTarget};
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::message::stream::{decode_from_fpga, encode_to_fpga};
use hx_host::message::{FromFpga, ToFpga};
use hx_host::setup::Setup;
use hxemu::served::ServedChip;
use std::net::Ipv4Addr;

/// Where a setup is.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    InProcess,
    OverUdp,
}

/// A setup, switched on.
pub struct Bench {
    pub session: Session<Box<dyn Setup>>,
    /// Leaves when the bench does.
    _served: Option<Served>,
}

/// A server that stops when nobody needs it any more.
pub struct Served {
    server: Server,
    pub target: UdpTarget,
}

impl Served {
    /// Serves a chip at ports of the system's choice.
    pub fn start(address: Ipv4Addr, config: ChipConfig) -> Served {
        let address = address.into();
        let description = vec![("chip_serial", config.chip_seed.to_string())];
        let ports = ServerConfig { reset_port: 0, data_port: 0, description, ..ServerConfig::at(address) };
        let server = Server::start(&ports, ServedChip::new(config, None), None).expect("ports are to be had");
        let (data_port, reset_port) = (server.data_address().port(), server.reset_address().port());
        Served { server, target: UdpTarget { address, data_port, reset_port } }
    }

    pub fn connect(&self) -> UdpLink {
        UdpLink::connect(self.target).expect("a served setup answers")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.shut_down();
    }
}

impl Way {
    /// A setup just switched on, with this chip.
    pub fn open(self, config: ChipConfig) -> Bench {
        match self {
            Way::InProcess => {
                let (fpga, link) = (ExecutorConfig::default(), LinkConfig::default());
                let link =
                    MemoryLink::new(fpga, link, Chip::new(config), "here").expect("a thread is to be had");
                Bench { session: Session::new(Box::new(link)), _served: None }
            }
            Way::OverUdp => {
                let served = Served::start(Ipv4Addr::LOCALHOST, config);
                Bench { session: Session::new(Box::new(served.connect())), _served: Some(served) }
            }
        }
    }

    /// A nominal chip without noise that has come up.
    pub fn up(self) -> Bench {
        let mut bench = self.open(ChipConfig::ideal());
        bench.session.initialise(&SystemInit::default()).expect("the setup comes up");
        bench
    }
}

impl Bench {
    /// Runs a program of the driver.
    pub fn run(&mut self, builder: ProgramBuilder) -> Responses {
        self.session.run(builder).expect("the program runs")
    }

    /// Runs a list of messages and a halt; all answers.
    pub fn play(&mut self, messages: &[ToFpga]) -> Vec<FromFpga> {
        let words = encode_to_fpga(&[messages, &[ToFpga::HALT]].concat());
        let answers = self.session.setup_mut().run(&words).expect("the program runs");
        decode_from_fpga(&answers).expect("the answers decode")
    }
}
